"""How classifiers of ImageNet take images: (v / 255 − mean) / deviation, R, G, B."""

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
