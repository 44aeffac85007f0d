// What the configuration needs of zod, so that the build takes no more of it along.
export {
  array,
  boolean,
  custom,
  enum,
  int,
  literal,
  looseObject,
  number,
  record,
  strictObject,
  string,
  tuple,
  union,
  unknown,
} from 'zod'
