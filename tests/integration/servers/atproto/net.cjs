// A whole AT Protocol network on loopback: directory (PLC), personal data server, AppView, moderation.
// Ports come from the environment; "READY" on standard output means that all of them answer.
const { TestNetwork, mockMailer } = require('@atproto/dev-env');

const port = (name) => Number(process.env[name]);

(async () => {
  const network = await TestNetwork.create({
    plc: { port: port('PLC_PORT') },
    pds: { port: port('PDS_PORT'), hostname: 'localhost', enableDidDocWithSession: true },
    bsky: {
      dbPostgresSchema: 'bsky',
      port: port('BSKY_PORT'),
      publicUrl: `http://localhost:${port('BSKY_PORT')}`,
    },
    ozone: { port: port('OZONE_PORT') },
  });
  mockMailer(network.pds);
  console.log('READY');
  process.on('SIGTERM', async () => {
    await network.close();
    process.exit(0);
  });
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
