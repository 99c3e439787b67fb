"""Every model, so that the schema can be compared with them."""

import jobs.models  # noqa: F401
import loyalty.activity.models
import loyalty.alerts.models
import loyalty.api.models
import loyalty.campaigns.models
import loyalty.channels.models
import loyalty.choices.models
import loyalty.customers.models
import loyalty.customers.traits.models
import loyalty.exchange.models
import loyalty.hooks.models
import loyalty.insights.models
import loyalty.installation.models
import loyalty.journeys.models
import loyalty.messaging.models
import loyalty.pictures.models
import loyalty.points.models
import loyalty.privacy.models
import loyalty.programme.models
import loyalty.purchases.models
import loyalty.referrals.models
import loyalty.rewards.models
import loyalty.segments.models
import loyalty.staff.models
import loyalty.vault.models
import loyalty.watch.models
import loyalty.wording.models  # noqa: F401
from loyalty.db import Base

metadata = Base.metadata
