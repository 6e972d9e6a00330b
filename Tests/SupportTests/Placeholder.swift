import Testing
import Support
