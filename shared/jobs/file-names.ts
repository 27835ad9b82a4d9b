/** Where the files of a job lie: one folder a job, one in it for each attempt. */
export const filesOf = (jobId: string): string => `${jobId}/`;
export const filesOfAttempt = (jobId: string, attempt: number): string => `${jobId}/${attempt}/`;
