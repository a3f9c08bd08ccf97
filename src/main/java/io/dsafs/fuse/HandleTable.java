package io.dsafs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The open files of a mount: the number that travels as {@code fi->fh} is an index. Reading takes
 * no lock.
 */
final class HandleTable {
  /**
   * An open file.
   *
   * @param handle what it does
   * @param tid the thread that opened it
   * @param waker of those who poll it
   * @param account what is kept for it
   */
  record Open(Node node, Handle handle, int tid, PollWaker waker, Accounts.OpenFile account) {}

  private volatile AtomicReferenceArray<Open> entries = new AtomicReferenceArray<>(64);

  @GuardedBy("this")
  private int lowestFree;

  /** Enters an open file and returns its number. */
  synchronized long add(Open open) {
    AtomicReferenceArray<Open> table = entries;
    int index = lowestFree;
    while (index < table.length() && table.get(index) != null) {
      index++;
    }
    if (index == table.length()) {
      table = grown(table);
    }
    table.set(index, open);
    lowestFree = index + 1;
    entries = table;
    return index;
  }

  private static AtomicReferenceArray<Open> grown(AtomicReferenceArray<Open> table) {
    AtomicReferenceArray<Open> larger = new AtomicReferenceArray<>(table.length() * 2);
    for (int i = 0; i < table.length(); i++) {
      larger.set(i, table.get(i));
    }
    return larger;
  }

  Open get(long number) {
    return entries.get((int) number);
  }

  synchronized Open remove(long number) {
    int index = (int) number;
    lowestFree = Math.min(lowestFree, index);
    return entries.getAndSet(index, null);
  }

  /** The files that are open on a node. */
  List<Open> openOn(Node node) {
    return all().stream().filter(open -> open.node() == node).toList();
  }

  /** Takes out everything, for the end of a mount. */
  synchronized List<Open> drain() {
    List<Open> all = all();
    entries = new AtomicReferenceArray<>(64);
    lowestFree = 0;
    return all;
  }

  private List<Open> all() {
    AtomicReferenceArray<Open> table = entries;
    List<Open> all = new ArrayList<>();
    for (int i = 0; i < table.length(); i++) {
      Open open = table.get(i);
      if (open != null) {
        all.add(open);
      }
    }
    return all;
  }
}
