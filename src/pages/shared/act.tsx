/** A button for what needs the gateway. */
import { type ComponentProps, createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** Why nothing can be done now, in a few words; `null`: it can. */
export const ObstacleContext = createContext<string | null>(null);

/**
 * Shows it. While there is an obstacle it does nothing and says why; it stays where the keys lead, so that whoever
 * cannot see it hears the reason, too.
 */
export function Act({ onClick, title, ...props }: ComponentProps<'button'>) {
  const obstacle = useContext(ObstacleContext);
  if (obstacle === null) return <button {...props} title={title} onClick={onClick} />;
  return (
    <button
      {...props}
      title={obstacle}
      aria-disabled="true"
      onClick={(event) => event.preventDefault()}
    />
  );
}
