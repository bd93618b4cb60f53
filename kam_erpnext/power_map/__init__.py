"""Power maps: judgements about people, versions, personal data and retention."""

POWER_MAP = "Power Map"
