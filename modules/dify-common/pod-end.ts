/** How long the Service goes on sending requests to a pod that is ending: endpoints are updated in the meantime. */
export const DRAIN_SECONDS = 10;
/** What is left of the grace period, in seconds, when everything should have ended. */
export const END_SECONDS = 5;
