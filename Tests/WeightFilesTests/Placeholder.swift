import Testing
import WeightFiles
