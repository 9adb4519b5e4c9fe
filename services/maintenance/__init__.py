"""What an operator does with a deployment: back up, restore, deploy the contract."""
