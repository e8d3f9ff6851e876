"""Image files, named by their content: written once, whole, and never changed. On a disk, or in S3.

Opened by the lifecycle, one in each web and worker process. Which rows use a file, and when one may go, is for
`forum/attachments` to know.
"""

from service.media.store.names import is_ours, path_in, paths_in, url_path, waiting_path
from service.media.store.opening import open_store
from service.media.store.shapes import Found, Opened, Store, read_whole
from service.media.store.sizes import NamedSizes, StoredFile, StoredSizes, name_sizes, store_image

__all__ = [
    "Found",
    "NamedSizes",
    "Opened",
    "Store",
    "StoredFile",
    "StoredSizes",
    "is_ours",
    "name_sizes",
    "open_store",
    "path_in",
    "paths_in",
    "read_whole",
    "store_image",
    "url_path",
    "waiting_path",
]
