import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, random_split


class Squares(Dataset):
    def __len__(self):
        return 7

    def __getitem__(self, k):
        return {"x": torch.tensor(float(k)), "y": k * k}


for batch in DataLoader(Squares(), batch_size=3):
    print(batch)
print([len(part) for part in random_split(Squares(), [5, 2])], len(ConcatDataset([Squares(), Squares()])))
pairs = TensorDataset(torch.arange(5), torch.arange(5) * 2)
print(pairs[2], [b[1].tolist() for b in DataLoader(Subset(pairs, [0, 4]), batch_size=1)])
