package io.dsafs.idxd;

import io.dsafs.spec.Descriptor;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A descriptor of a kernel queue, and the copy that a client has prepared in it. Mirrors struct
 * idxd_desc with its struct dma_async_tx_descriptor.
 *
 * <p>It is the client's from {@link DmaChannel#prepMemcpy} to {@link DmaChannel#submit}; its
 * callback runs once, on an interrupt thread or on the one that asks for the status.
 */
public final class DmaTransaction {
  private final KernelQueue queue;
  private final int id;
  private final ByteBuffer bytes;
  private final long completionAddress;

  /** Chains the entries of a {@link CompletionList}. */
  DmaTransaction next;

  /** What the client was given to ask by, 0 while it is not submitted. */
  private volatile int cookie;

  private Consumer<DmaResult> callback;

  /**
   * @param bytes of the hardware descriptor, little-endian
   * @param completionAddress of its record, as the device sees it
   */
  DmaTransaction(KernelQueue queue, int id, ByteBuffer bytes, long completionAddress) {
    this.queue = queue;
    this.id = id;
    this.bytes = bytes;
    this.completionAddress = completionAddress;
  }

  public KernelQueue queue() {
    return queue;
  }

  int id() {
    return id;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  public long completionAddress() {
    return completionAddress;
  }

  /** Forgets what the last user left. */
  void clear() {
    for (int at = 0; at < Descriptor.SIZE_BYTES; at += Long.BYTES) {
      bytes.putLong(at, 0);
    }
    cookie = 0;
    callback = null;
    next = null;
  }

  /** What to run when the copy has ended, or null. */
  public void setCallback(Consumer<DmaResult> run) {
    callback = run;
  }

  int cookie() {
    return cookie;
  }

  void setCookie(int assigned) {
    cookie = assigned;
  }

  /** The callback, once. */
  Consumer<DmaResult> takeCallback() {
    Consumer<DmaResult> taken = callback;
    callback = null;
    return taken;
  }
}
