package io.dsafs.mem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The table from PASIDs to address spaces, shared by all devices of the machine.
 *
 * <p>The same address space always has the same PASID; a further binding counts up, an unbinding
 * down, and the number is free again after the last. Numbers are the lowest free from 1; 0 is never
 * given. Source: drivers/iommu/intel-svm.c of Linux 5.6, Documentation/x86/sva.rst.
 */
public final class Iommu {
  /** PASIDs are 20 bits wide. */
  public static final int PASID_LIMIT = 1 << 20;

  /** The table grows to this many address spaces at once; each is a live process. */
  private static final int TABLE_SIZE = 1 << 16;

  /** Why a binding was refused. */
  public enum Refusal {
    /** No IOMMU, or translation is off. */
    TRANSLATION_OFF,
    /** The IOMMU does not bind the kernel's address space. */
    NO_SUPERVISOR,
    /** No number is left. */
    NO_PASID,
    /** The IOMMU cannot share address spaces. */
    NO_SVM,
    /** The machine is without support for shared address spaces. */
    NOT_BUILT,
    /** The machine has no memory left for it. */
    NO_MEMORY
  }

  /**
   * Bindings that shall be refused.
   *
   * @param times how many more; {@link #ALWAYS} for all
   */
  public record Orders(Refusal reason, int times) {
    public static final int ALWAYS = -1;

    private Orders next() {
      if (times == ALWAYS) {
        return this;
      }
      return times > 1 ? new Orders(reason, times - 1) : null;
    }
  }

  /** What a binding came to. */
  public sealed interface Binding {}

  /** Bound under this PASID. */
  public record Bound(int pasid) implements Binding {}

  /** Not bound. */
  public record Refused(Refusal reason) implements Binding {}

  private final boolean enabled;
  private final AddressSpace kernel;
  private final AtomicReferenceArray<AddressSpace> table = new AtomicReferenceArray<>(TABLE_SIZE);
  private volatile boolean supervisorAllowed = true;

  /** By the function that asks; empty on a sound machine. */
  private final Map<String, Orders> orders = new ConcurrentHashMap<>();

  @GuardedBy("this")
  private final Map<AddressSpace, Integer> pasids = new HashMap<>();

  @GuardedBy("this")
  private final Map<Integer, Integer> users = new HashMap<>();

  /**
   * @param enabled false for a machine without translation: nothing can be bound
   * @param kernel the kernel's address space, which requests without a PASID also use
   */
  public Iommu(boolean enabled, AddressSpace kernel) {
    this.enabled = enabled;
    this.kernel = kernel;
  }

  public AddressSpace kernel() {
    return kernel;
  }

  /** Whether the kernel's address space may be bound; on at start. */
  public void setSupervisorAllowed(boolean allowed) {
    supervisorAllowed = allowed;
  }

  /** From now on bindings for a function are refused; null lifts that. */
  public void setOrders(String function, Orders refuse) {
    if (refuse == null) {
      orders.remove(function);
    } else {
      orders.put(function, refuse);
    }
  }

  /** What is still to be refused to a function, or null. */
  public Orders orders(String function) {
    return orders.get(function);
  }

  /** Takes one refusal of those that are ordered; null if there is none. */
  private Refused takeOrder(String function) {
    Refusal[] taken = new Refusal[1];
    orders.computeIfPresent(
        function,
        (key, order) -> {
          taken[0] = order.reason();
          return order.next();
        });
    return taken[0] == null ? null : new Refused(taken[0]);
  }

  /**
   * Binds a process's address space for a function, or counts up.
   *
   * @param function that will use the PASID, by name
   */
  public Binding bind(String function, AddressSpace space) {
    Refused ordered = takeOrder(function);
    return ordered != null ? ordered : bind(space);
  }

  /** As {@link #bind(String, AddressSpace)} for the kernel's address space. */
  public Binding bindKernel(String function) {
    Refused ordered = takeOrder(function);
    return ordered != null ? ordered : bindKernel();
  }

  /** Binds a process's address space, or counts up. */
  public Binding bind(AddressSpace space) {
    return enabled ? bindAny(space) : new Refused(Refusal.TRANSLATION_OFF);
  }

  /** Binds the kernel's address space, or counts up. */
  public Binding bindKernel() {
    if (!enabled) {
      return new Refused(Refusal.TRANSLATION_OFF);
    }
    return supervisorAllowed ? bindAny(kernel) : new Refused(Refusal.NO_SUPERVISOR);
  }

  private synchronized Binding bindAny(AddressSpace space) {
    Integer known = pasids.get(space);
    if (known != null) {
      users.merge(known, 1, Integer::sum);
      return new Bound(known);
    }
    for (int pasid = 1; pasid < TABLE_SIZE; pasid++) {
      if (table.get(pasid) == null) {
        table.set(pasid, space);
        pasids.put(space, pasid);
        users.put(pasid, 1);
        return new Bound(pasid);
      }
    }
    return new Refused(Refusal.NO_PASID);
  }

  /** Undoes one binding; the number is free after the last. */
  public synchronized void unbind(int pasid) {
    Integer count = users.computeIfPresent(pasid, (key, bound) -> bound - 1);
    if (count != null && count == 0) {
      users.remove(pasid);
      pasids.remove(table.getAndSet(pasid, null));
    }
  }

  /** The address space of a PASID, or null for an unbound one. */
  public AddressSpace lookup(int pasid) {
    return pasid >= 0 && pasid < TABLE_SIZE ? table.get(pasid) : null;
  }

  /** The PASID of an address space that is bound now, or 0. */
  public synchronized int pasidOf(AddressSpace space) {
    return pasids.getOrDefault(space, 0);
  }

  /** A line for each PASID that is bound: number, bindings, owner. */
  public synchronized String describe() {
    StringBuilder text = new StringBuilder();
    users.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry ->
                text.append(entry.getKey())
                    .append(' ')
                    .append(entry.getValue())
                    .append(' ')
                    .append(table.get(entry.getKey()).describe())
                    .append('\n'));
    return text.toString();
  }

  /** How many PASIDs are bound now. */
  public synchronized int bound() {
    return pasids.size();
  }
}
