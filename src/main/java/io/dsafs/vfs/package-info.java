/**
 * The exported tree: directories, attribute files, links and device nodes made from {@code core}
 * objects, and what opening, reading and writing them does.
 *
 * <p>Start with {@link io.dsafs.vfs.FileTree} (how the tree follows the driver model), then {@link
 * io.dsafs.vfs.Node} and {@link io.dsafs.vfs.Handle}. The rules of attribute files are in {@code
 * TextHandle} and {@code Access}. Kept out: FUSE and any knowledge of DSA.
 *
 * <p>Threads: lookups and listings take no lock, as directories are concurrent maps. A handle may
 * be used by several threads at once. {@code FileTree} has one lock, for directories that come and
 * go with their contents; nothing is called with it held, so it is last in every order.
 */
package io.dsafs.vfs;
