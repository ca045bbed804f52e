import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly problem?: string | undefined;
}

interface TextProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'search' | 'email' | 'date' | 'datetime-local';
  readonly name?: string;
  readonly required?: boolean;
  readonly placeholder?: string;
  readonly maxLength?: number;
}

interface FrameProps extends FieldProps {
  readonly id: string;
  readonly children: ComponentChildren;
}

/** What every field has around it: its label, what it is for, and what is wrong with it. */
export function Field({ id, label, hint, problem, children }: FrameProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {problem !== undefined && (
        <p id={`${id}-problem`} class="field-problem">
          {problem}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="quiet">
          {hint}
        </p>
      )}
    </div>
  );
}

/** A line of text with its label, what it is for, and what is wrong with it. */
export function TextField({ label, hint, problem, onChange, type = 'text', ...input }: TextProps) {
  const id = useId();
  // The types of elements want to know which one of these it is.
  const kind: object = { type };
  return (
    <Field id={id} label={label} hint={hint} problem={problem}>
      <input
        {...kind}
        id={id}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={describedBy(id, hint, problem)}
        aria-invalid={problem !== undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
        {...input}
      />
    </Field>
  );
}

interface SelectProps<Value extends string> extends FieldProps {
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, text: string])[];
  readonly onChange: (value: Value) => void;
}

/** One of a few. */
export function SelectField<Value extends string>(props: SelectProps<Value>) {
  const { label, hint, problem, value, options, onChange } = props;
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint} problem={problem}>
      <select
        id={id}
        value={value}
        aria-describedby={describedBy(id, hint, problem)}
        onChange={(event) => onChange(event.currentTarget.value as Value)}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface CheckProps {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

export function Checkbox({ label, checked, onChange, disabled = false }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

/** The ids of what describes a field. */
export function describedBy(id: string, hint: ComponentChildren, problem: string | undefined): string | undefined {
  const ids = [problem === undefined ? '' : `${id}-problem`, hint === undefined ? '' : `${id}-hint`].filter(Boolean);
  return ids.length === 0 ? undefined : ids.join(' ');
}
