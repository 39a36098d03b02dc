/** Whether responses of this status have no body (RFC 9110, 15.3.5, 15.3.6 and 15.4.5): the runtime constructs none. */
export const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304;
