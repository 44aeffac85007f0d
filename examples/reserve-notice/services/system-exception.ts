/** Something the user did that cannot be done; its message is for the user. */
export class SystemException extends Error {
  override readonly name = 'SystemException'
}
