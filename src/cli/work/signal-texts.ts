/** What the log says of a signal that is obeyed. */
export const signalTexts = {
  stop: 'finishing what runs; once more ends at once',
  'stop now': 'giving back what runs',
  pause: 'paused until SIGCONT',
  resume: 'resumed',
} as const
