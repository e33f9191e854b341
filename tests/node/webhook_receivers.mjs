// Receivers of webhooks as people write them, one at each path. SECRETS is JSON, by path. Prints its port.
import crypto from "node:crypto";
import { createServer } from "node:http";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";

const secrets = JSON.parse(process.env.SECRETS);

// As StartMessaging's documentation has it.
function verifyWebhookSignature(payload, signature, secret) {
  const expected = crypto.createHmac("sha256", secret).update(payload).digest("hex");
  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}

const receivers = {
  "/standardwebhooks": (body, headers, secret) => new StandardWebhook(secret).verify(body, headers),
  "/svix": (body, headers, secret) =>
    new SvixWebhook(secret).verify(body, {
      "svix-id": headers["webhook-id"],
      "svix-timestamp": headers["webhook-timestamp"],
      "svix-signature": headers["webhook-signature"],
    }),
  "/startmessaging": (body, headers, secret) => verifyWebhookSignature(body, headers["x-signature"], secret),
  "/startmessaging-prefixed": (body, headers, secret) =>
    headers["x-signature-256"] === `sha256=${crypto.createHmac("sha256", secret).update(body).digest("hex")}`,
  // As Connexease's documentation has it.
  "/connexease": (body, headers, secret) => headers["authorization"] === `Bearer ${secret}`,
  "/connexease-open": (body, headers) => !("authorization" in headers),
  "/smsgate": (body, headers, secret) =>
    crypto.createHmac("sha256", secret).update(body + headers["x-timestamp"]).digest("hex") === headers["x-signature"],
  "/whispir": (body, headers, secret) => headers["x-whispir-callback-key"] === secret,
};

function accepts(path, body, headers) {
  try {
    return receivers[path](body, headers, secrets[path]) !== false && JSON.parse(body) !== null;
  } catch {
    return false;
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const good = accepts(request.url, Buffer.concat(chunks).toString("utf8"), request.headers);
    response.writeHead(good ? 200 : 401).end(good ? "ok" : "Unauthorized");
  });
});
server.listen(0, process.env.HOST, () => console.log(server.address().port));
