import { Argument } from '@commander-js/extra-typings'
import { asTyped, type EmptyCommand, examples } from '../commands.ts'
import { shells } from '../completion/shells.ts'

export function define(command: EmptyCommand): void {
  command
    .addArgument(new Argument('<shell>', 'which shell').choices(shells).argParser(asTyped))
    .addHelpText(
      'after',
      `
It completes \`queue\` where that is a command on the path: npm install --global, or node_modules/.bin on the path.
  bash   source <(queue completion bash)     in ~/.bashrc
  zsh    source <(queue completion zsh)      in ~/.zshrc
  fish   queue completion fish | source      in ~/.config/fish/config.fish
${examples('completion bash', 'completion fish > ~/.config/fish/completions/queue.fish')}`,
    )
    .action(async (shell, _, self) => {
      const { completion } = await import('../completion/completion.ts')
      await completion(shell, self.parent!)
    })
}
