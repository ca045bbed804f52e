import { useState } from 'preact/hooks';
import { useAction, useCall, useList } from '../api/use-call.ts';
import { useSession } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { Checkbox, SelectField, TextField } from './field.tsx';
import { Answered } from './listing.tsx';
import { ProblemNote } from './problem-note.tsx';

interface Props {
  /** '' where it is still to be chosen. */
  readonly userId: string;
  readonly onClose: (isDone: boolean) => void;
}

/** Gives a user roles of one project. */
export function GrantRoles({ userId: givenUser, onClose }: Props) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const [userId, setUserId] = useState(givenUser);
  const [project, setProject] = useState('');
  const [roles, setRoles] = useState<ReadonlySet<string>>(new Set());
  const users = useList('GET /organizations/{org}/users', { params: { org: organization }, query: { limit: '200' } });
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const body = { user_id: userId, project, roles: [...roles] };
    const made = await run('POST /organizations/{org}/authorizations', { params: { org: organization }, body });
    if (made !== undefined) onClose(true);
  };
  const names = (users.items ?? []).map(({ id, username }) => [id, username] as const);
  return (
    <Dialog title="Grant roles" onClose={() => onClose(false)}>
      <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
        <SelectField label="User" value={userId} options={[['', 'Choose one'], ...names]} onChange={setUserId} />
        <Projects
          project={project}
          roles={roles}
          onProject={(id) => {
            setProject(id);
            setRoles(new Set());
          }}
          onRoles={setRoles}
        />
        {problem !== undefined && <ProblemNote problem={problem} />}
        <div class="actions">
          <button type="submit" class="primary" disabled={userId === '' || roles.size === 0} aria-disabled={busy}>
            {busy ? 'Granting…' : 'Grant'}
          </button>
          <button type="button" onClick={() => onClose(false)}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ProjectsProps {
  readonly project: string;
  readonly roles: ReadonlySet<string>;
  readonly onProject: (id: string) => void;
  readonly onRoles: (roles: ReadonlySet<string>) => void;
}

/** Projects that can be searched, and the roles of the chosen one to tick. */
function Projects({ project, roles, onProject, onRoles }: ProjectsProps) {
  const [search, setSearch] = useState('');
  const loaded = useCall('GET /projects', { query: { search: search.trim() } });
  const toggle = (id: string, isChosen: boolean): void => {
    const next = new Set(roles);
    if (isChosen) next.add(id);
    else next.delete(id);
    onRoles(next);
  };
  return (
    <>
      <TextField label="Search projects" type="search" value={search} onChange={setSearch} />
      <Answered loaded={loaded}>
        {({ items }) => (
          <>
            <SelectField
              label="Project"
              value={project}
              options={[
                ['', items.length === 0 ? 'No project matches' : 'Choose one'],
                ...items.map(({ id, name }) => [id, name] as const),
              ]}
              onChange={onProject}
            />
            {project !== '' && (
              <fieldset class="picker">
                <legend>Roles</legend>
                {items
                  .find(({ id }) => id === project)
                  ?.roles.map(({ id, scopes }) => (
                    <Checkbox
                      key={id}
                      checked={roles.has(id)}
                      onChange={(isChosen) => toggle(id, isChosen)}
                      label={
                        <>
                          {id} <span class="quiet">{scopes.join(', ')}</span>
                        </>
                      }
                    />
                  ))}
              </fieldset>
            )}
          </>
        )}
      </Answered>
    </>
  );
}
