package io.dsafs.dmatest;

import io.dsafs.idxd.DmaChannel;
import java.util.List;

/** A channel that is under test or is to be, with its threads. Mirrors struct dmatest_chan. */
record TestChannel(DmaChannel channel, List<TestThread> threads) {
  boolean running() {
    return threads.stream().anyMatch(TestThread::running);
  }

  boolean pending() {
    return threads.stream().anyMatch(TestThread::pending);
  }
}
