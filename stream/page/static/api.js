// Requests to our own server; nothing else is ever asked.

let csrf = "";

export async function startSession() {
  const session = await get("/api/session");
  csrf = session.csrf;
  return session;
}

export async function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== null));
  const response = await fetch(query.size ? `${path}?${query}` : path, { signal, cache: "no-store" });
  if (response.status === 401) location.assign("/login");
  if (response.status === 204) return null;
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-Streamgauge-CSRF": csrf };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
}

/** Follow the news; the browser connects again by itself. */
export function follow(onNews, onState) {
  const source = new EventSource("/api/news");
  source.onmessage = (event) => onNews(JSON.parse(event.data));
  source.onopen = () => onState(true);
  source.onerror = () => {
    onState(false);
    // A refused answer, such as that of a proxy, ends an EventSource for good: begin anew.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(onNews, onState), 2000);
  };
}
