// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ILivestockLedger} from "./ILivestockLedger.sol";

/// @title Livestock ledger
/// @dev The admin passes on in two steps with a delay, so the log outlives its keys.
contract LivestockLedger is ILivestockLedger, AccessControlDefaultAdminRules, Pausable {
    /// @inheritdoc ILivestockLedger
    bytes32 public constant RECORDER_ROLE = keccak256("RECORDER_ROLE");

    /// @inheritdoc ILivestockLedger
    uint64 public size;

    /// @inheritdoc ILivestockLedger
    mapping(uint64 size => bytes32 root) public rootAt;

    /// @param adminDelay Seconds that a new admin waits before the second step.
    /// @param admin The default admin: grants and revokes the recorder, pauses.
    /// @param recorder The first key that may record.
    constructor(uint48 adminDelay, address admin, address recorder)
        AccessControlDefaultAdminRules(adminDelay, admin)
    {
        rootAt[0] = sha256("");
        _grantRole(RECORDER_ROLE, recorder);
    }

    /// @inheritdoc ILivestockLedger
    function record(uint64 first, bytes32 base, bytes32 root, Entry[] calldata entries)
        external
        whenNotPaused
        onlyRole(RECORDER_ROLE)
    {
        require(first == size, OutOfSequence(size, first));
        require(base == rootAt[first], OtherHistory(rootAt[first], base));
        require(entries.length != 0, EmptyBatch());

        for (uint256 i = 0; i < entries.length; ++i) {
            Entry calldata entry = entries[i];
            emit Recorded(entry.subject, entry.commitment);
        }

        uint64 newSize = first + uint64(entries.length);
        size = newSize;
        rootAt[newSize] = root;
        emit Checkpoint(first, newSize, root);
    }

    /// @inheritdoc ILivestockLedger
    function pause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _pause();
    }

    /// @inheritdoc ILivestockLedger
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @inheritdoc ILivestockLedger
    function verifyInclusion(bytes32 leafHash, uint64 index, uint64 treeSize, bytes32[] calldata path)
        external
        view
        returns (bool)
    {
        if (index >= treeSize) return false;
        uint64 node = index;
        uint64 last = treeSize - 1;
        bytes32 hash = leafHash;
        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) return false;
            if (node % 2 == 1 || node == last) {
                hash = sha256(abi.encodePacked(hex"01", path[i], hash));
                while (node % 2 == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = sha256(abi.encodePacked(hex"01", hash, path[i]));
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == rootAt[treeSize];
    }
}
