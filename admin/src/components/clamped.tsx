interface Props {
  readonly text: string;
  readonly isQuiet?: boolean;
}

/** A text of people below a name in a list: its first lines, and all of it on hover. */
export function Clamped({ text, isQuiet = false }: Props) {
  return (
    <span class={isQuiet ? 'below clamped quiet' : 'below clamped'} title={text}>
      {text}
    </span>
  );
}
