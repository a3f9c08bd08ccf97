package io.dsafs.pci;

import io.dsafs.core.DeviceModel;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.Module;
import io.dsafs.vfs.FileTree;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** A machine with a PCI bus, seen through its files as a program would. */
final class PciFixture {
  static final PciAddress ADDRESS = PciAddress.parse("0000:6a:01.0");
  static final String DEVICE = "/sys/devices/pci0000:6a/0000:6a:01.0";

  final DeviceModel model = new DeviceModel(new KernelLog(KernelLog.Level.DEBUG), false);
  final FileTree tree = new FileTree(model);
  final FakeEndpoint endpoint = new FakeEndpoint();
  final PciBus bus;

  PciFixture() {
    this(QuirkTable.standard(), Runnable::run, true);
  }

  PciFixture(QuirkTable quirks, Executor irqThread, boolean iommu) {
    bus = new PciBus(model, quirks, irqThread, iommu);
    model.addBus(bus);
  }

  PciDevice add() {
    return bus.addFunction(ADDRESS, endpoint, 0);
  }

  /** A driver of 8086:0b25 that does what it is told. */
  static class TestDriver extends PciDriver {
    final List<String> calls = new ArrayList<>();

    TestDriver(String name, PciBus bus) {
      super(name, bus, new Module("idxd", "1.00"), List.of(new PciId(0x8086, 0x0b25)));
    }

    @Override
    protected void probe(PciDevice device) throws ErrnoException {
      calls.add("probe " + device);
    }

    @Override
    protected void remove(PciDevice device) {
      calls.add("remove " + device);
    }

    @Override
    protected void shutdown(PciDevice device) {
      calls.add("shutdown " + device);
    }
  }

  TestDriver addDriver() {
    TestDriver driver = new TestDriver("idxd", bus);
    model.addDriver(driver);
    return driver;
  }

  Node node(String path) throws ErrnoException {
    return tree.lookup(path);
  }

  boolean exists(String path) {
    try {
      return tree.lookup(path) != null;
    } catch (ErrnoException e) {
      return false;
    }
  }

  String read(String file) throws ErrnoException {
    byte[] bytes = readBytes(file, 0, 4096);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  byte[] readBytes(String file, long offset, int size) throws ErrnoException {
    ByteBuffer buffer = ByteBuffer.allocate(size);
    tree.lookup(absolute(file)).open(1, 0).read(buffer, offset);
    byte[] bytes = new byte[buffer.flip().remaining()];
    buffer.get(bytes);
    return bytes;
  }

  int write(String file, String text) throws ErrnoException {
    return writeBytes(file, 0, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  int writeBytes(String file, long offset, byte... bytes) throws ErrnoException {
    Handle handle = tree.lookup(absolute(file)).open(1, 1);
    return handle.write(1, ByteBuffer.wrap(bytes), offset);
  }

  private static String absolute(String file) {
    return file.startsWith("/") ? file : DEVICE + "/" + file;
  }
}
