import Testing
import Tracking
