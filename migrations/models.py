"""Every model, so that the schema can be compared with them."""

import jobs.models  # noqa: F401
import loyalty.activity.models  # noqa: F401
import loyalty.alerts.models  # noqa: F401
import loyalty.api.models  # noqa: F401
import loyalty.campaigns.models  # noqa: F401
import loyalty.channels.models  # noqa: F401
import loyalty.customers.models  # noqa: F401
import loyalty.installation.models  # noqa: F401
import loyalty.messaging.models  # noqa: F401
import loyalty.points.models  # noqa: F401
import loyalty.purchases.models  # noqa: F401
import loyalty.segments.models  # noqa: F401
import loyalty.staff.models  # noqa: F401
import loyalty.vault.models  # noqa: F401
from loyalty.db import Base

metadata = Base.metadata
