/**
 * Converts FUSE requests into calls of {@code vfs} and back: types, errnos, file handles. The only
 * package besides {@code host} that names JNR.
 *
 * <p>Start with {@link io.dsafs.fuse.FuseMount} (a mount and its life) and {@code TreeOperations}
 * (one method for each FUSE operation). Kept out: paths spelled out, kinds of nodes, any policy.
 *
 * <p>Threads: libfuse's own loop is not used, since its workers come and go and each would be
 * attached to the Java machine anew. {@code RequestLoop} receives requests in Java threads, as many
 * as there are cores, and adds one while all are held up in a call. What a request has put off is
 * done by its thread when it has been answered. No lock is held while a call is under way.
 */
package io.dsafs.fuse;
