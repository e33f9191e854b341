// Every call of the published client of SMSGate. BASE has no slash at its end.
import { assert, load, until } from "./checking.mjs";

const { BASE, LOGIN, PASSWORD } = process.env;
const { default: Client, ProcessState, WebHookEventType, LogEntryPriority, HealthStatus } =
  await load("android-sms-gateway");

/** As the package's own page writes it. */
const http = {
  async ask(method, url, headers, body) {
    const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (!response.ok) throw new Error(`HTTP error ${response.status}: ${await response.text()}`);
    if (response.status === 204) return null;
    return response.headers.get("content-type")?.includes("application/json") ? response.json() : response.text();
  },
  get: (url, headers) => http.ask("GET", url, headers),
  post: (url, body, headers) => http.ask("POST", url, headers, body),
  put: (url, body, headers) => http.ask("PUT", url, headers, body),
  patch: (url, body, headers) => http.ask("PATCH", url, headers, body),
  delete: (url, headers) => http.ask("DELETE", url, headers),
};
const client = new Client(LOGIN, PASSWORD, http, BASE);
const states = Object.values(ProcessState);

const sent = await client.send({ message: "Hello", phoneNumbers: ["+1234567890"] });
assert.equal(sent.state, ProcessState.Pending);
assert.deepEqual(sent.recipients, [{ phoneNumber: "+1234567890", state: "Pending" }]);
const delivered = await until(() => client.getState(sent.id), (message) => message.state === ProcessState.Delivered);
assert.equal(delivered.id, sent.id);
assert.ok(delivered.recipients.every((recipient) => states.includes(recipient.state)));
const short = { message: "Hello", phoneNumbers: ["12345"] };
assert.equal((await client.send(short, { skipPhoneValidation: true })).recipients[0].phoneNumber, "12345");
await assert.rejects(client.send(short, { skipPhoneValidation: false }), /HTTP error 400: .*invalid phone number/);
await assert.rejects(client.getState("unknown"), /HTTP error 404: .*message not found/);
const wrong = new Client(LOGIN, "wrong", http, BASE);
await assert.rejects(wrong.getDevices(), /HTTP error 401: .*Unauthorized/);

const hook = await client.registerWebhook({ url: "https://example.com/hook", event: WebHookEventType.SmsReceived });
assert.deepEqual(await client.getWebhooks(), [hook]);
assert.equal(hook.event, "sms:received");
assert.equal(await client.deleteWebhook(hook.id), null);
assert.deepEqual(await client.getWebhooks(), []);

const [device] = await client.getDevices();
assert.equal(device.id, sent.deviceId);
assert.ok(new Date(device.lastSeen) > new Date(0));
const hour = 3_600_000;
assert.deepEqual(
  await client.exportInbox({ deviceId: device.id, since: new Date(Date.now() - hour), until: new Date() }),
  {},
);
assert.equal((await client.getHealth()).status, HealthStatus.Pass);

assert.deepEqual(await client.updateSettings({ ping: { intervalSeconds: 60 } }), { ping: { interval_seconds: 60 } });
assert.deepEqual(await client.patchSettings({ logs: { lifetimeDays: 7 } }), await client.getSettings());
const { ping, logs } = await client.getSettings();
assert.deepEqual([ping, logs], [{ interval_seconds: 60 }, { lifetime_days: 7 }]);

const written = await until(
  () => client.getLogs(new Date(Date.now() - hour), new Date(Date.now() + hour)),
  (entries) => entries.length > 0,
);
assert.ok(written.every((entry) => Object.values(LogEntryPriority).includes(entry.priority)));

assert.equal(await client.deleteDevice(device.id), null);
assert.ok(!(await client.getDevices()).some((other) => other.id === device.id));
console.log("every call was answered");
