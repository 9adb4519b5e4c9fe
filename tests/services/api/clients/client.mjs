// @ts-check
// The types of ./schema.d.ts are made from the API's description; a wrong name does not compile.
import createClient from "openapi-fetch";

/**
 * Report an event, read what it made, and be refused.
 *
 * @param {string} base
 * @param {string} token
 * @param {string} farm
 * @param {string} tag
 */
export async function useApi(base, token, farm, tag) {
  /** @type {ReturnType<typeof createClient<import("./schema.d.ts").paths>>} */
  const client = createClient({ baseUrl: base, headers: { Authorization: `Bearer ${token}` } });
  const recorded = await client.POST("/api/v1/events", {
    params: { header: { "Idempotency-Key": "of-a-client" } },
    body: {
      events: [{ type: "register", animals: [tag], premises: farm, occurred: { at: "2026-11-25" } }],
    },
  });
  const found = await client.GET("/api/v1/animals/{tag}", { params: { path: { tag } } });
  const refused = await client.GET("/api/v1/animals", { headers: { Authorization: "Bearer nobody" } });
  return [
    recorded.response.status,
    found.data?.numbers?.at(-1),
    refused.error && "code" in refused.error ? refused.error.code : null,
  ];
}
