package io.dsafs.testing;

import io.dsafs.hw.Endpoint;
import io.dsafs.spec.Cmd;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.MsixTable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A function that notes every register write on its way to the device, and can make up interrupts
 * that the device itself has no reason for.
 */
public final class ObservedEndpoint implements Endpoint {
  private record Once(long offset, Runnable action) {}

  /** A write to BAR 0. */
  public record Write(long offset, long value) {}

  private static final int BAR0 = 0;
  private static final long MESSAGE_NANOS = 500_000;
  private static final long RESET_NANOS = 2_000_000;

  private final Endpoint device;
  private final List<Write> writes = new ArrayList<>();
  private final List<Long> portalWrites = new ArrayList<>();
  private volatile InterruptSink sink;
  private volatile int pretendedCause;
  private volatile boolean wired = true;
  private volatile boolean slow;
  private final AtomicReference<Once> once = new AtomicReference<>();

  public ObservedEndpoint(Endpoint device) {
    this.device = device;
  }

  /** Forgets what was noted so far. */
  public synchronized void forget() {
    writes.clear();
    portalWrites.clear();
  }

  /** The writes to BAR 0 since the last {@link #forget}. */
  public synchronized List<Write> writes() {
    return List.copyOf(writes);
  }

  /** The offsets in BAR 2 of the 64-byte writes since the last {@link #forget}. */
  public synchronized List<Long> portalWrites() {
    return List.copyOf(portalWrites);
  }

  private synchronized void notePortalWrite(long offset) {
    portalWrites.add(offset);
  }

  /** The words written to CMD. */
  public List<String> commands() {
    return writes().stream()
        .filter(write -> write.offset() == Cmd.CMD.offset())
        .map(write -> String.format(Locale.ROOT, "0x%08x", write.value()))
        .toList();
  }

  /** A register as the driver would read it. */
  public int read32(long offset) {
    return (int) read(BAR0, offset, 4);
  }

  /** Vector 0, as if the device had these causes for it. */
  public void interrupt(int causes) {
    pretendedCause = causes;
    long entry = MsixTable.OFFSET;
    long address = device.read(BAR0, entry, 4) | device.read(BAR0, entry + 4, 4) << 32;
    sink.message(address, (int) device.read(BAR0, entry + 8, 4));
  }

  /** From now on the device does not answer: reads give all ones. */
  public void unplug() {
    wired = false;
  }

  /**
   * From now on messages and resets of the function take their time, as on a real bus: half a
   * millisecond at most for a message, two for a reset.
   */
  public void slowDown() {
    slow = true;
  }

  /** Runs something once, on the writing thread, when a register of BAR 0 has been written. */
  public void afterNextWrite(long offset, Runnable action) {
    once.set(new Once(offset, action));
  }

  private void dawdle(long nanos) {
    if (slow) {
      LockSupport.parkNanos(nanos);
    }
  }

  @Override
  public int configRead(int offset, int width) {
    return device.configRead(offset, width);
  }

  @Override
  public void configWrite(int offset, int width, int value) {
    device.configWrite(offset, width, value);
    if (offset == ConfigSpace.DEVICE_CONTROL && (value & ConfigSpace.FUNCTION_LEVEL_RESET) != 0) {
      dawdle(RESET_NANOS);
    }
  }

  @Override
  public long read(int bar, long offset, int width) {
    if (!wired) {
      return -1L >>> (64 - 8 * width);
    }
    if (bar == BAR0 && offset == IntCause.INTCAUSE.offset() && pretendedCause != 0) {
      return pretendedCause;
    }
    return device.read(bar, offset, width);
  }

  @Override
  public void write(int bar, long offset, int width, long value) {
    if (bar == BAR0) {
      note(new Write(offset, value));
      if (offset == IntCause.INTCAUSE.offset()) {
        pretendedCause = 0;
      }
    }
    if (wired) {
      device.write(bar, offset, width, value);
    }
    Once waiting = once.get();
    if (bar == BAR0 && waiting != null && waiting.offset() == offset) {
      once.set(null);
      waiting.action().run();
    }
  }

  private synchronized void note(Write write) {
    writes.add(write);
  }

  @Override
  public void postedWrite64(int bar, long offset, ByteBuffer source, int sourceOffset) {
    notePortalWrite(offset);
    device.postedWrite64(bar, offset, source, sourceOffset);
  }

  @Override
  public boolean deferrableWrite64(int bar, long offset, ByteBuffer source, int sourceOffset) {
    notePortalWrite(offset);
    return device.deferrableWrite64(bar, offset, source, sourceOffset);
  }

  @Override
  public void connect(InterruptSink newSink) {
    sink = newSink;
    device.connect(
        (address, data) -> {
          dawdle(ThreadLocalRandom.current().nextLong(MESSAGE_NANOS));
          newSink.message(address, data);
        });
  }
}
