// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Livestock ledger: one operator's append-only log of livestock records
/// @notice Every entry is emitted in order, so that a record's index is its place among all `Recorded`
/// events. Each batch carries the Merkle tree head (RFC 9162, SHA-256) over all entries so far. The
/// contract does not compute it: every leaf is on chain, so a false root is public evidence.
/// @dev Leaf data is `subject || commitment`, a leaf hash `SHA-256(0x00 || leaf data)` and a node
/// `SHA-256(0x01 || left || right)`.
interface ILivestockLedger {
    /// @notice One record as seen by one of its subjects.
    /// @param subject Key of the animal, mob, premises, permit or order that the record is about.
    /// @param commitment Salted SHA-256 of the record; it discloses nothing.
    struct Entry {
        bytes32 subject;
        bytes32 commitment;
    }

    /// @notice One entry, emitted in index order.
    /// @param subject Key of what the record is about.
    /// @param commitment Salted SHA-256 of the record.
    event Recorded(bytes32 indexed subject, bytes32 commitment);

    /// @notice One batch, emitted after its entries.
    /// @param first Index of the batch's first entry.
    /// @param size Number of entries on the ledger after the batch.
    /// @param root Tree head over those `size` entries, as the operator states it.
    event Checkpoint(uint64 indexed first, uint64 size, bytes32 root);

    /// @notice The batch does not continue the ledger: it was recorded before, or one is missing.
    /// @param expected The ledger's size.
    /// @param given The `first` that was handed in.
    error OutOfSequence(uint64 expected, uint64 given);

    /// @notice The batch was computed on other entries than the ledger's.
    /// @param expected The ledger's tree head.
    /// @param given The `base` that was handed in.
    error OtherHistory(bytes32 expected, bytes32 given);

    /// @notice The batch holds no entry.
    error EmptyBatch();

    /// @notice Appends a batch. Only for `RECORDER_ROLE`, and not while paused.
    /// @dev `first == size()` makes a repeated call harmless: the second one reverts. `base` makes one
    /// harmless that outlived the history it was made for, at whatever size: it reverts too.
    /// @param first Index of the first entry; must equal `size()`.
    /// @param base Tree head that `root` was computed on; must equal `rootAt(first)`.
    /// @param root Tree head over all entries up to and with this batch.
    /// @param entries The batch, in index order; at least one.
    function record(uint64 first, bytes32 base, bytes32 root, Entry[] calldata entries) external;

    /// @notice Stops recording; reading goes on. Only for the default admin.
    function pause() external;

    /// @notice Lets recording go on. Only for the default admin.
    function unpause() external;

    /// @notice The role that may record.
    function RECORDER_ROLE() external view returns (bytes32);

    /// @notice Number of entries on the ledger.
    function size() external view returns (uint64);

    /// @notice Tree head over the first `size` entries.
    /// @param size Where a batch ended, or 0: SHA-256 of nothing.
    /// @return root Zero if no batch ended there.
    function rootAt(uint64 size) external view returns (bytes32 root);

    /// @notice Whether an entry is in the tree whose head is `rootAt(size)` (RFC 9162, section 2.1.3.2).
    /// @param leafHash `SHA-256(0x00 || subject || commitment)`.
    /// @param index The entry's index.
    /// @param size Where a batch ended.
    /// @param path Siblings from the leaf to the root.
    /// @return included False for any other path, one too short or too long, or `index >= size`.
    function verifyInclusion(bytes32 leafHash, uint64 index, uint64 size, bytes32[] calldata path)
        external
        view
        returns (bool included);
}
