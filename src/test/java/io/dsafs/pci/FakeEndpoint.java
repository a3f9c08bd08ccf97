package io.dsafs.pci;

import io.dsafs.hw.Endpoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A function with the configuration space of dsa-hardware section 1.4 as far as the bus looks at
 * it, a BAR0 of plain memory and portals that write down what they are given.
 */
final class FakeEndpoint implements Endpoint {
  static final int BAR0_BYTES = 64 << 10;

  private final ByteBuffer reset = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer mask = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer config = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
  final ByteBuffer bar0 = ByteBuffer.allocate(BAR0_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** {@code bar offset width value} of each register write. */
  final List<String> writes = new ArrayList<>();

  /** {@code offset width value} of each write to configuration space. */
  final List<String> configWrites = new ArrayList<>();

  /** The first byte of each 64-byte item, posted or accepted. */
  final List<Integer> commands = new ArrayList<>();

  /** {@code bar offset} of each of them. */
  final List<String> commandPlaces = new ArrayList<>();

  /** How many deferrable writes are accepted from now on. */
  int room = Integer.MAX_VALUE;

  int resets;
  InterruptSink sink;

  /** What happens while it resets. */
  Runnable meanwhile = () -> {};

  FakeEndpoint() {
    this(0x0b25);
  }

  FakeEndpoint(int deviceId) {
    row(0x000, deviceId << 16 | 0x8086, 0);
    row(0x004, 0x00100000, 0x00000146);
    row(0x008, 0x08800000, 0);
    row(0x00c, 0, 0xff);
    row(0x010, 0xc, 0xffff0000);
    row(0x014, 0, -1);
    row(0x018, 0xc, 0xfffe0000);
    row(0x01c, 0, -1);
    row(0x02c, 0x8086, 0);
    row(0x034, 0x40, 0);
    row(0x040, 0x00928010, 0);
    row(0x044, 0x10008022, 0);
    row(0x048, 0x2910, 0x79ff);
    row(0x068, 0, 0x1410);
    row(0x080, 0x00089011, 0xc0000000);
    row(0x084, 0x2000, 0);
    row(0x088, 0x3000, 0);
    row(0x090, 0x00030001, 0);
    row(0x094, 8, 3);
    row(0x100, 0x15010018, 0);
    row(0x154, 0, 0x1fff1fff);
    row(0x150, 0x17010018, 0);
    row(0x170, 0x22010002, 0);
    row(0x174, 0x11, 0);
    row(0x17c, 0, 0xe);
    row(0x184, 0x800000ff, 0xfe);
    row(0x190, 0x01000000, 0x870000fe);
    row(0x220, 0x2301000f, 0);
    row(0x224, 0x60, 0x801f0000);
    row(0x230, 0x2401001b, 0);
    row(0x234, 0x1404, 0x00050000);
    row(0x240, 0x00010013, 0);
    row(0x244, 0x81000000, 3);
    row(0x248, 0x200, 0);
    row(0x24c, 0, -1);
    flr();
    resets = 0;
  }

  /** Sets what a register holds after the next reset. */
  void row(int offset, int value, int writeMask) {
    reset.putInt(offset, value);
    mask.putInt(offset, writeMask);
  }

  /** Cuts the list of standard capabilities after the first. */
  FakeEndpoint withoutMsix() {
    reset.putInt(0x040, 0x00920010);
    flr();
    resets = 0;
    return this;
  }

  void flr() {
    resets++;
    config.put(0, reset, 0, 4096);
    Arrays.fill(bar0.array(), (byte) 0);
    for (int vector = 0; vector < 9; vector++) {
      bar0.putInt(0x2000 + 16 * vector + 12, 1);
    }
  }

  int dword(int offset) {
    return config.getInt(offset);
  }

  private boolean decodes() {
    return (config.getInt(4) & 2) != 0;
  }

  @Override
  public int configRead(int offset, int width) {
    return switch (width) {
      case 1 -> config.get(offset) & 0xff;
      case 2 -> config.getShort(offset) & 0xffff;
      default -> config.getInt(offset);
    };
  }

  @Override
  public void configWrite(int offset, int width, int value) {
    configWrites.add(String.format(Locale.ROOT, "%x %d %x", offset, width, value));
    for (int i = 0; i < width; i++) {
      byte writable = mask.get(offset + i);
      byte given = (byte) (value >>> (8 * i));
      config.put(offset + i, (byte) ((config.get(offset + i) & ~writable) | (given & writable)));
    }
    int high = value >>> (8 * (0x49 - offset));
    if (offset <= 0x49 && offset + width > 0x49 && (high & 0x80) != 0) {
      flr();
      meanwhile.run();
    }
  }

  @Override
  public long read(int bar, long offset, int width) {
    if (!decodes() || bar != 0) {
      return -1L >>> (64 - 8 * width);
    }
    return switch (width) {
      case 1 -> bar0.get((int) offset) & 0xff;
      case 2 -> bar0.getShort((int) offset) & 0xffff;
      case 4 -> bar0.getInt((int) offset) & 0xffffffffL;
      default -> bar0.getLong((int) offset);
    };
  }

  @Override
  public void write(int bar, long offset, int width, long value) {
    writes.add(String.format(Locale.ROOT, "%d %x %d %x", bar, offset, width, value));
    if (!decodes() || bar != 0) {
      return;
    }
    switch (width) {
      case 1 -> bar0.put((int) offset, (byte) value);
      case 2 -> bar0.putShort((int) offset, (short) value);
      case 4 -> bar0.putInt((int) offset, (int) value);
      default -> bar0.putLong((int) offset, value);
    }
  }

  @Override
  public void postedWrite64(int bar, long offset, ByteBuffer source, int sourceOffset) {
    commands.add((int) source.get(sourceOffset));
    commandPlaces.add(String.format(Locale.ROOT, "%d %x", bar, offset));
  }

  @Override
  public boolean deferrableWrite64(int bar, long offset, ByteBuffer source, int sourceOffset) {
    if (room == 0) {
      return false;
    }
    room--;
    commands.add((int) source.get(sourceOffset));
    commandPlaces.add(String.format(Locale.ROOT, "%d %x", bar, offset));
    return true;
  }

  @Override
  public void connect(InterruptSink to) {
    sink = to;
  }

  /** Sends a vector's message as the table says, or does nothing if it is masked. */
  void interrupt(int vector) {
    boolean on = (config.getInt(0x80) & 0xc0000000) == 0x80000000;
    int entry = 0x2000 + 16 * vector;
    if (on && (bar0.getInt(entry + 12) & 1) == 0) {
      sink.message(bar0.getLong(entry), bar0.getInt(entry + 8));
    }
  }
}
