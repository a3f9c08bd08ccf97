package io.dsafs.dmatest;

/** What the parameter files hold, other than those that do something. */
final class Parameters {
  volatile int testBufSize = 16384;
  volatile String device = "";
  volatile int threadsPerChan = 1;
  volatile int maxChannels;
  volatile int iterations;

  /** 0 copies, 1 sets memory, which no channel here can. */
  volatile int mode;

  /** Kept only: no channel here can xor. */
  volatile int xorSources = 3;

  /** Kept only: no channel here can make parity. */
  volatile int pqSources = 3;

  volatile int timeout = 3000;
  volatile boolean noverify;
  volatile boolean norandom;
  volatile boolean verbose;
  volatile int alignment = -1;
  volatile int transferSize;
  volatile boolean polled;

  /** The values for tests of a channel, empty for any. */
  TestParameters forTests(String channel) {
    return new TestParameters(
        testBufSize,
        channel,
        device,
        threadsPerChan,
        maxChannels,
        iterations,
        timeout,
        noverify,
        norandom,
        alignment,
        transferSize,
        polled);
  }
}
