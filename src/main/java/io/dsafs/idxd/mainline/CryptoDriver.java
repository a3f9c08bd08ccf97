package io.dsafs.idxd.mainline;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.KernelText.equalsWord;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Driver;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.core.Module;
import io.dsafs.idxd.WqType;
import io.dsafs.spec.DeviceKind;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The driver {@code crypto} of the module {@code iaa_crypto}, as far as the bus sees it: it takes
 * queues of IAA devices for the kernel's compression; what it compresses is not here. Mirrors
 * iaa_crypto_probe() and _remove() in iaa_crypto_main.c.
 *
 * <p>Source: mainline section 1.6.
 */
final class CryptoDriver extends WqDriver {
  private static final List<String> SYNC_MODES = List.of("sync", "async", "async_irq");

  static final List<Attribute<Driver>> TABLE =
      List.of(
          attr(
              "verify_compress",
              0644,
              d -> ((CryptoDriver) d).verifyCompress ? "1\n" : "0\n",
              (d, text) -> ((CryptoDriver) d).storeVerifyCompress(text),
              since(6, 8)),
          attr(
              "sync_mode",
              0644,
              d -> ((CryptoDriver) d).syncMode + "\n",
              (d, text) -> ((CryptoDriver) d).storeSyncMode(text),
              since(6, 8)));

  /** Queues that are bound. */
  private final AtomicInteger queues = new AtomicInteger();

  private volatile boolean verifyCompress = true;
  private volatile String syncMode = SYNC_MODES.get(0);

  CryptoDriver(ObjectBus bus, Module module) {
    super("crypto", bus, module, WqType.KERNEL, TABLE);
  }

  /** Errors in order: ENODEV not of an IAA device; ENODEV the queue's driver name. */
  @Override
  void check(MainlineWq wq) throws ErrnoException {
    if (wq.device().kind() != DeviceKind.IAX) {
      throw new ErrnoException(Errno.ENODEV, wq + " is not of an IAA device");
    }
    checkDriverNameOrNoType(wq);
  }

  /** ENXIO: whatever {@link WqEnabling#enable} answers. */
  @Override
  void enable(MainlineWq wq) throws ErrnoException {
    enableOrRefuse(wq);
    queues.incrementAndGet();
  }

  /** The result of the enable command stands. */
  @Override
  void finish(MainlineWq wq) {}

  @Override
  void left(MainlineWq wq) {
    queues.decrementAndGet();
  }

  /** Errors in order: EBUSY a queue is bound; EINVAL not a truth value. */
  private void storeVerifyCompress(String text) throws ErrnoException {
    checkUnused();
    verifyCompress = KernelText.parseBool(text);
  }

  /** Errors in order: EBUSY a queue is bound; EINVAL no such mode. */
  private void storeSyncMode(String text) throws ErrnoException {
    checkUnused();
    for (String mode : SYNC_MODES) {
      if (equalsWord(text, mode)) {
        syncMode = mode;
        return;
      }
    }
    throw new ErrnoException(Errno.EINVAL, "no such mode: " + text.strip());
  }

  private void checkUnused() throws ErrnoException {
    if (queues.get() > 0) {
      throw new ErrnoException(Errno.EBUSY, "queues are bound");
    }
  }
}
