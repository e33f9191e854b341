// The two fetch samples of SMSGate's page on authentication, and what they do with the answers.
import { assert } from "./checking.mjs";

const { HOST, LOGIN, PASSWORD } = process.env;

const generated = await fetch(`${HOST}/3rdparty/v1/auth/token`, {
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: "Basic " + btoa(`${LOGIN}:${PASSWORD}`) },
  body: JSON.stringify({ ttl: 3600, scopes: ["messages:send", "messages:read"] }),
}).then((response) => response.json());
assert.ok(generated.access_token, JSON.stringify(generated));
const seconds = (new Date(generated.expires_at) - Date.now()) / 1000;
assert.ok(seconds > 3590 && seconds <= 3600, generated.expires_at);

const sent = await fetch(`${HOST}/3rdparty/v1/messages`, {
  method: "POST",
  headers: { Authorization: `Bearer ${generated.access_token}`, "Content-Type": "application/json" },
  body: JSON.stringify({ phoneNumbers: ["+1234567890"], textMessage: { text: "Hello from JWT!" } }),
}).then((response) => response.json());
assert.ok(sent.id, JSON.stringify(sent));
console.log(sent.id);
