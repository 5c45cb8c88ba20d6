import { useQuery } from "@tanstack/react-query";
import { getUploadOptions } from "@/api/generated/@tanstack/react-query.gen";

// Its addresses are good for ten minutes: they are renewed before that, and not used when that failed.
const renewAfterMs = 9 * 60_000;
const goodForMs = 9.75 * 60_000;

/** An upload with addresses that open now. An address that has expired is not shown: the next one is on its way. */
export function useUpload(uploadId: string) {
  const query = useQuery({
    ...getUploadOptions({ path: { upload_id: uploadId } }),
    staleTime: goodForMs,
    refetchInterval: renewAfterMs,
  });
  const fresh = query.data && !query.isStale;
  return { upload: fresh ? query.data : null, error: query.error, refetch: () => void query.refetch() };
}
