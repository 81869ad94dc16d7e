// A certified OpenID provider (npm oidc-provider) with one client and two people. Its address is printed when it listens.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const people = {
  nina: { email: "nina@acme.example", email_verified: true, name: "Nina", groups: ["staff", "leads"] },
  ned: { email: "ned@elsewhere.example", email_verified: true, name: "Ned", groups: ["staff"] },
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "keyvault",
        client_secret: "hush",
        redirect_uris: [process.env.CALLBACK],
        token_endpoint_auth_method: process.env.AUTH_METHOD || "client_secret_basic",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    cookies: { keys: ["a", "b"] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
