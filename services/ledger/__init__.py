"""Journal rows, the store of what goes to the contract, and the search by receipt."""
