package io.dsafs.idxd;

import io.dsafs.core.DeviceModel;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.IdAllocator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * The kernel's DMA engine framework as far as this driver serves it: the place where kernel clients
 * find channels. Mirrors drivers/dma/dmaengine.c.
 */
public final class DmaEngine {
  private final DeviceModel model;
  private final IdAllocator deviceIds = new IdAllocator(0, Integer.MAX_VALUE);
  private final List<DmaDevice> devices = new CopyOnWriteArrayList<>();

  DmaEngine(DeviceModel model) {
    this.model = model;
  }

  DeviceModel model() {
    return model;
  }

  /** ENOMEM: no number is left. Mirrors dma_async_device_register(). */
  DmaDevice register(IdxdDevice idxd) throws ErrnoException {
    int id = deviceIds.allocate();
    if (id < 0) {
      throw new ErrnoException(Errno.ENOMEM, "no DMA device number is left");
    }
    DmaDevice device = new DmaDevice(this, idxd, id);
    devices.add(device);
    return device;
  }

  /** Mirrors dma_async_device_unregister(). */
  void unregister(DmaDevice device) {
    devices.remove(device);
    deviceIds.release(device.id());
  }

  /**
   * Takes the first channel that nobody has and that the client wants; null if there is none. It is
   * the client's alone until {@link DmaChannel#release}. Mirrors dma_request_channel().
   */
  public DmaChannel request(Predicate<DmaChannel> wanted) {
    for (DmaChannel channel : channels()) {
      if (wanted.test(channel) && channel.tryAcquire()) {
        return channel;
      }
    }
    return null;
  }

  /** All channels there are now, in the order of their registration. */
  public List<DmaChannel> channels() {
    return devices.stream().flatMap(device -> device.channels().stream()).toList();
  }
}
