package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.IdAllocator;
import io.dsafs.spec.Opcode;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The DMA device of an enabled device; it shows only through its channels. Mirrors dma.c. */
public final class DmaDevice {
  private final DmaEngine engine;
  private final IdxdDevice idxd;
  private final int id;
  private final List<DmaChannel> channels = new CopyOnWriteArrayList<>();

  /** The posted code counts channels and repeats numbers; here they are the lowest free (10.6). */
  private final IdAllocator channelIds = new IdAllocator(0, Integer.MAX_VALUE);

  private final AtomicInteger lastVector = new AtomicInteger();

  DmaDevice(DmaEngine engine, IdxdDevice idxd, int id) {
    this.engine = engine;
    this.idxd = idxd;
    this.id = id;
  }

  int id() {
    return id;
  }

  List<DmaChannel> channels() {
    return channels;
  }

  /** Whether the hardware can copy. */
  boolean canCopy() {
    return idxd.capabilities().supports(Opcode.MEMMOVE);
  }

  /** The next vector in turn, from 1 on; 0 without a completion vector (swq-v1 14.21). */
  public int nextVector() {
    int vectors = idxd.completionInterrupts().size();
    return vectors == 0 ? 0 : 1 + Math.floorMod(lastVector.getAndIncrement(), vectors);
  }

  /** ENOMEM: no number is left. Mirrors idxd_register_dma_channel(). */
  DmaChannel addChannel(IdxdWq wq) throws ErrnoException {
    int channelId = channelIds.allocate();
    if (channelId < 0) {
      throw new ErrnoException(Errno.ENOMEM, "no channel number is left");
    }
    DmaChannel channel = new DmaChannel(this, wq, channelId);
    channels.add(channel);
    engine.model().addDevice(channel);
    return channel;
  }

  /** Clients may keep it; they get nothing from it any more. idxd_unregister_dma_channel(). */
  void removeChannel(DmaChannel channel) {
    channels.remove(channel);
    channel.close();
    engine.model().removeDevice(channel);
    channelIds.release(channel.id());
  }
}
