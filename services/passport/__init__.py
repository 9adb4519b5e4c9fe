"""The passport of an animal: its life on one sheet of paper, open to holders of tag and code."""
