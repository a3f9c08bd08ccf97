package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/** Lets ten lines through in five seconds. Mirrors DEFAULT_RATELIMIT_INTERVAL and _BURST. */
public final class LogLimit {
  private static final long INTERVAL_NANOS = 5_000_000_000L;
  private static final int BURST = 10;

  @GuardedBy("this")
  private long begin;

  @GuardedBy("this")
  private int printed;

  /** Whether one more line may be printed. */
  public synchronized boolean allows() {
    long now = System.nanoTime();
    if (printed == 0 || now - begin > INTERVAL_NANOS) {
      begin = now;
      printed = 0;
    }
    if (printed == BURST) {
      return false;
    }
    printed++;
    return true;
  }
}
