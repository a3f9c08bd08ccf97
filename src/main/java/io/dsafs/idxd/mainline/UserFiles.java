package io.dsafs.idxd.mainline;

import io.dsafs.core.IdAllocator;
import io.dsafs.idxd.IdxdWq;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open queue nodes of all devices: their numbers, and whose process image works on a queue
 * under which PASID. Mirrors file_ida of cdev.c and upasid_xa of struct idxd_wq.
 */
final class UserFiles {
  private record Key(IdxdWq wq, int pasid) {}

  private final IdAllocator numbers = new IdAllocator(0, Integer.MAX_VALUE);
  private final Map<Key, UserFile> byPasid = new ConcurrentHashMap<>();

  /** Numbers of open files, from 0, one space for all queues of both kinds of devices. */
  IdAllocator numbers() {
    return numbers;
  }

  /** Enters a file; a process that opens a queue again is known by its first file. */
  void enter(UserFile file) {
    UserFile first = byPasid.putIfAbsent(key(file), file);
    if (first != null) {
      file.wq().log().warn(file.wq(), "PASID %d works on the queue already", file.pasid());
    }
  }

  /** Forgets a file that was entered; another one's entry stays. */
  void leave(UserFile file) {
    byPasid.remove(key(file), file);
  }

  /** Whose file it is that works on a queue under a PASID; null for nobody's. */
  UserFile find(IdxdWq wq, int pasid) {
    return byPasid.get(new Key(wq, pasid));
  }

  private static Key key(UserFile file) {
    return new Key(file.wq(), file.pasid());
  }
}
