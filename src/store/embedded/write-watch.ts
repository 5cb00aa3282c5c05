/** Whether the environment takes writes, as far as the last one tells: for probes of readiness. */
import { isGatewayError } from '../../errors.ts';
import type { Environment } from './environment.ts';

/** How long a probe waits for the writer's lock, in milliseconds. */
const PROBE_WAIT = 1000;

/** The environment, which remembers how its writes go. */
export function watchWrites(environment: Environment) {
  let isFailing = false;
  const write: Environment['write'] = async (run, patience) => {
    try {
      const result = await environment.write(run, patience);
      isFailing = false;
      return result;
    } catch (error) {
      if (isGatewayError(error, 'SERVICE_UNAVAILABLE')) isFailing = true;
      throw error;
    }
  };
  return {
    ...environment,
    write,
    /**
     * Fails with `SERVICE_UNAVAILABLE` if there is no room for a write, or if the last one failed and an empty
     * transaction fails as well: it takes the writer's lock and stores nothing.
     */
    async assertWritable() {
      environment.admit(0);
      if (isFailing) await write(() => undefined, PROBE_WAIT);
    },
  };
}
