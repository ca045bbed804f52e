import { useState } from 'preact/hooks';
import { useAction, useCall } from '../api/use-call.ts';
import { fewOf } from '../reach.ts';
import { useSession } from '../session.ts';
import { Checkbox, SelectField, TextField } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { Answered } from './listing.tsx';
import { nobodyKnown } from './user-combobox.ts';
import { UserPicker } from './user-picker.tsx';

interface Props {
  /** '' where it is still to be chosen. */
  readonly userId: string;
  readonly onClose: (isDone: boolean) => void;
}

/** Gives a user roles of one project. */
export function GrantRoles({ userId: givenUser, onClose }: Props) {
  const { organization } = useSession();
  const action = useAction();
  const [userId, setUserId] = useState(givenUser);
  const [project, setProject] = useState('');
  const [roles, setRoles] = useState<ReadonlySet<string>>(new Set());
  const submit = async (): Promise<void> => {
    const body = { user_id: userId, project, roles: [...roles] };
    const params = { org: organization };
    if ((await action.run('POST /organizations/{org}/authorizations', { params, body })) !== undefined) onClose(true);
  };
  return (
    <FormDialog
      title="Grant roles"
      verb="Grant"
      busyVerb="Granting…"
      action={action}
      isReady={userId !== '' && userId !== nobodyKnown && roles.size > 0}
      submit={submit}
      onClose={() => onClose(false)}
    >
      <UserPicker label="User" value={userId} onChange={setUserId} />
      <Projects
        project={project}
        roles={roles}
        onProject={(id) => {
          setProject(id);
          setRoles(new Set());
        }}
        onRoles={setRoles}
      />
    </FormDialog>
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
                          {id} <span class="quiet">{fewOf(scopes, { most: 8, between: ', ' })}</span>
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
