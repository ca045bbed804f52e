import { useState } from 'preact/hooks';
import type { Settings } from '../api/calls.ts';
import { fewOf } from '../reach.ts';
import { Checkbox, TextField } from './field.tsx';

interface Props {
  readonly catalogue: Settings['scopes'];
  readonly chosen: ReadonlySet<string>;
  /** Why a scope cannot be given; undefined when it can. */
  readonly barred: (scope: string) => string | undefined;
  readonly problem?: string | undefined;
  /** What it means to choose none. */
  readonly none?: string;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

/** The catalogue as a checklist that can be searched. What cannot be given says why. */
export function ScopePicker({ catalogue, chosen, barred, problem, none = 'None chosen', onChange }: Props) {
  const [search, setSearch] = useState('');
  const isBarred = (name: string): boolean => barred(name) !== undefined;
  const wanted = search.trim().toLowerCase();
  const found = catalogue.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(wanted));
  const shown = found.toSorted((one, other) => Number(isBarred(one.name)) - Number(isBarred(other.name)));
  const toggle = (name: string, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(name);
    else next.delete(name);
    onChange(next);
  };
  return (
    <fieldset class="picker">
      <legend>Scopes</legend>
      {problem !== undefined && <p class="field-problem">{problem}</p>}
      <TextField label="Search scopes" type="search" value={search} onChange={setSearch} />
      <div class="picker-list" role="group" aria-label="Scopes to choose from" tabIndex={0}>
        {shown.map(({ name, description }) => {
          const reason = barred(name);
          return (
            <Checkbox
              key={name}
              checked={chosen.has(name)}
              disabled={reason !== undefined && !chosen.has(name)}
              onChange={(isChosen) => toggle(name, isChosen)}
              label={
                <>
                  <code>{name}</code> <span class="quiet">{reason ?? description}</span>
                </>
              }
            />
          );
        })}
        {shown.length === 0 && <p class="quiet">No scope matches.</p>}
      </div>
      <p class="quiet" role="status">
        {chosen.size === 0 ? none : `${chosen.size} chosen: ${fewOf([...chosen], { most: 12, between: ', ' })}`}
      </p>
    </fieldset>
  );
}
