package io.dsafs.dmatest;

/**
 * The values that tests go by: those of the files at the time when a channel was last added.
 * Mirrors struct dmatest_params.
 *
 * @param bufSizeBytes unsigned
 * @param channel empty for any
 * @param device empty for any
 * @param threadsPerChan unsigned
 * @param maxChannels unsigned; 0 for all
 * @param iterations unsigned; 0 to go on until stopped
 * @param timeoutMillis of one test; negative to wait for ever
 * @param noverify neither fill nor compare
 * @param norandom whole buffers from their start
 * @param alignment as a power of 2; negative for the device's own, which is 0
 * @param transferSizeBytes unsigned; 0 for a length of the test's choice
 * @param polled ask for the end instead of an interrupt
 */
record TestParameters(
    int bufSizeBytes,
    String channel,
    String device,
    int threadsPerChan,
    int maxChannels,
    int iterations,
    int timeoutMillis,
    boolean noverify,
    boolean norandom,
    int alignment,
    int transferSizeBytes,
    boolean polled) {

  /** Whether so many tests are all. */
  boolean isEnough(int tests) {
    return iterations != 0 && Integer.compareUnsigned(tests, iterations) >= 0;
  }
}
