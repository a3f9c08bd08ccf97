package io.dsafs.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a driver acquired for a device: released in reverse order when the driver goes.
 *
 * <p>Source: Documentation/driver-api/driver-model/devres.rst.
 */
public final class Devres {
  /** A resource; closing it gives the resource back. */
  public interface Resource {
    void release();
  }

  @GuardedBy("this")
  private final Deque<Resource> resources = new ArrayDeque<>();

  /** Registers a resource and returns it. */
  public synchronized <R extends Resource> R add(R resource) {
    resources.push(resource);
    return resource;
  }

  /** Releases one resource early; unknown resources are left alone. */
  public void release(Resource resource) {
    boolean known;
    synchronized (this) {
      known = resources.remove(resource);
    }
    if (known) {
      resource.release();
    }
  }

  /** Releases everything, the latest first. */
  public void releaseAll() {
    for (Resource next = take(); next != null; next = take()) {
      next.release();
    }
  }

  private synchronized Resource take() {
    return resources.poll();
  }
}
